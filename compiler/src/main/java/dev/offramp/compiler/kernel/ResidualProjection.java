package dev.offramp.compiler.kernel;

import dev.offramp.compiler.tir.Body;
import dev.offramp.compiler.tir.Buffer;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.PrimFunc;

/** The end of both halves of a layer: projection to H, bias, residual, LayerNorm. */
record ResidualProjection(Projection projection, LayerNorm norm) {

  void write(PrimFunc function) {
    var parameters = projection.declare(function);
    int width = projection.outer();
    Buffer residual = function.rows("residual", DataType.FLOAT32, width);
    Buffer gamma = function.tensor("gamma", DataType.FLOAT32, width);
    Buffer beta = function.tensor("beta", DataType.FLOAT32, width);
    Buffer out = function.rows("out", DataType.FLOAT32, width);
    Body body = function.body();
    projection.checkRows(body, parameters.tokens(), parameters.x(), residual, out);
    projection.write(
        body,
        parameters,
        residual,
        null,
        (block, row) -> norm.write(block, out, row, gamma, beta),
        out);
  }
}
