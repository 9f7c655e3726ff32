package dev.offramp.compiler.opencl;

import dev.offramp.compiler.kernel.Checks;
import dev.offramp.compiler.tir.Buffer;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;
import dev.offramp.compiler.tir.PrimFunc;

/**
 * A product with its bias, and GELU where the feed-forward layer widens.
 *
 * @param name the kernel's
 */
record DeviceProjection(String name, TiledProduct product, TiledProduct.Finish finish)
    implements DeviceKernel {

  @Override
  public void write(PrimFunc function) {
    Expr tokens = function.integer("tokens");
    Buffer x = function.rows("x", DataType.FLOAT32, product.inner());
    Buffer weight = function.tensor("weight", product.weightType(), product.weightShape());
    Buffer bias = function.tensor("bias", DataType.FLOAT32, product.outer());
    Buffer out = function.rows("out", DataType.FLOAT32, product.outer());
    Checks.count(function.body(), "tokens", tokens, x, out);
    product.write(function.body(), tokens, x, weight, bias, null, finish, out);
  }
}
