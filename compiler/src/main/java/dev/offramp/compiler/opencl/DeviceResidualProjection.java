package dev.offramp.compiler.opencl;

import dev.offramp.compiler.kernel.Checks;
import dev.offramp.compiler.tir.Body;
import dev.offramp.compiler.tir.Buffer;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;
import dev.offramp.compiler.tir.PrimFunc;

/**
 * A product with bias and residual, then LayerNorm: two launches, since a row's columns are made by
 * several work groups.
 *
 * @param name the kernel's
 */
record DeviceResidualProjection(String name, TiledProduct product, RowNorm norm)
    implements DeviceKernel {

  @Override
  public void write(PrimFunc function) {
    int width = product.outer();
    Expr tokens = function.integer("tokens");
    Buffer x = function.rows("x", DataType.FLOAT32, product.inner());
    Buffer weight = function.tensor("weight", product.weightType(), product.weightShape());
    Buffer bias = function.tensor("bias", DataType.FLOAT32, width);
    Buffer residual = function.rows("residual", DataType.FLOAT32, width);
    Buffer gamma = function.tensor("gamma", DataType.FLOAT32, width);
    Buffer beta = function.tensor("beta", DataType.FLOAT32, width);
    Buffer out = function.rows("out", DataType.FLOAT32, width);
    Body body = function.body();
    Checks.count(body, "tokens", tokens, x, residual, out);
    product.write(body, tokens, x, weight, bias, residual, TiledProduct.Finish.NONE, out);
    body.block(block -> {
      Expr row = block.bind("blockIdx.x", tokens);
      Expr item = block.bind("threadIdx.x", block.tir().constant(RowNorm.ITEMS));
      norm.write(
          block, item, column -> out.vector(Vectors.LANES, row, column), gamma, beta, out, row);
    });
  }
}
