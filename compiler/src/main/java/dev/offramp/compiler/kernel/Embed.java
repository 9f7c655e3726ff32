package dev.offramp.compiler.kernel;

import dev.offramp.compiler.tir.Body;
import dev.offramp.compiler.tir.Buffer;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;
import dev.offramp.compiler.tir.PrimFunc;
import dev.offramp.model.artifact.KernelNames;

/**
 * Word, position and type embeddings of each token, summed and normalized.
 *
 * @param vocabulary V
 * @param positions P
 * @param types Y
 */
record Embed(int vocabulary, int positions, int types, LayerNorm norm) implements Kernel {

  @Override
  public String name() {
    return KernelNames.EMBED;
  }

  @Override
  public void write(PrimFunc function) {
    int width = norm.width();
    int lanes = norm.lanes();
    Expr tokens = function.integer("tokens");
    Buffer ids = function.rows("ids", DataType.INT32);
    Buffer positionIds = function.rows("positions", DataType.INT32);
    Buffer typeIds = function.rows("types", DataType.INT32);
    Buffer word = function.tensor("word", DataType.FLOAT32, vocabulary, width);
    Buffer position = function.tensor("position", DataType.FLOAT32, positions, width);
    Buffer type = function.tensor("type", DataType.FLOAT32, types, width);
    Buffer gamma = function.tensor("gamma", DataType.FLOAT32, width);
    Buffer beta = function.tensor("beta", DataType.FLOAT32, width);
    Buffer out = function.rows("out", DataType.FLOAT32, width);

    Body body = function.body();
    Checks.count(body, "tokens", tokens, ids, positionIds, typeIds, out);
    body.loop(
        "token",
        tokens,
        (block, token) -> {
          Expr w = lookup(block, ids, token, word);
          Expr p = lookup(block, positionIds, token, position);
          Expr t = lookup(block, typeIds, token, type);
          block.loop(
              "h",
              width / lanes,
              (sum, vector) -> {
                Expr column = sum.let("column", vector.times(lanes));
                Expr total =
                    word.vector(lanes, w, column)
                        .plus(position.vector(lanes, p, column))
                        .plus(type.vector(lanes, t, column));
                sum.store(out, total, token, column);
              });
          norm.write(block, out, token, gamma, beta);
        });
  }

  private static Expr lookup(Body body, Buffer ids, Expr token, Buffer table) {
    Expr id = body.let("id", ids.at(token));
    Checks.index(body, ids.name(), id, table.shape().getFirst());
    return id;
  }
}
