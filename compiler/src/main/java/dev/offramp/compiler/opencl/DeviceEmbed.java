package dev.offramp.compiler.opencl;

import dev.offramp.compiler.kernel.Checks;
import dev.offramp.compiler.tir.Body;
import dev.offramp.compiler.tir.Buffer;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;
import dev.offramp.compiler.tir.PrimFunc;
import dev.offramp.model.artifact.KernelNames;

/**
 * Word, position and type embeddings of each token, summed and normalized; a work group a token.
 *
 * @param vocabulary V
 * @param positions P
 * @param types Y
 */
record DeviceEmbed(int vocabulary, int positions, int types, RowNorm norm) implements DeviceKernel {

  @Override
  public String name() {
    return KernelNames.EMBED;
  }

  @Override
  public void write(PrimFunc function) {
    int width = norm.width();
    Expr tokens = function.integer("tokens");
    Buffer ids = function.slice("ids", DataType.INT32);
    Buffer positionIds = function.slice("positions", DataType.INT32);
    Buffer typeIds = function.slice("types", DataType.INT32);
    Buffer word = function.tensor("word", DataType.FLOAT32, vocabulary, width);
    Buffer position = function.tensor("position", DataType.FLOAT32, positions, width);
    Buffer type = function.tensor("type", DataType.FLOAT32, types, width);
    Buffer gamma = function.tensor("gamma", DataType.FLOAT32, width);
    Buffer beta = function.tensor("beta", DataType.FLOAT32, width);
    Buffer out = function.rows("out", DataType.FLOAT32, width);

    Body body = function.body();
    Checks.count(body, "tokens", tokens, ids, positionIds, typeIds, out);
    Expr token = body.bind("blockIdx.x", tokens);
    Expr item = body.bind("threadIdx.x", body.tir().constant(RowNorm.ITEMS));
    Expr w = lookup(body, ids, token, word);
    Expr p = lookup(body, positionIds, token, position);
    Expr t = lookup(body, typeIds, token, type);
    norm.write(
        body,
        item,
        column ->
            word.vector(Vectors.LANES, w, column)
                .plus(position.vector(Vectors.LANES, p, column))
                .plus(type.vector(Vectors.LANES, t, column)),
        gamma,
        beta,
        out,
        token);
  }

  private static Expr lookup(Body body, Buffer ids, Expr token, Buffer table) {
    return body.let("id", Vectors.clamp(body.tir(), ids.at(token), table.shape().getFirst()));
  }
}
