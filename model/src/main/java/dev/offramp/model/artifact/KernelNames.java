package dev.offramp.model.artifact;

import dev.offramp.model.checkpoint.ModelConfig;
import java.util.List;
import java.util.stream.Stream;

/**
 * The kernels of an artifact, TVM packed functions in {@code kernels.so}: the contract between the
 * compiler, which writes them, and the server, which calls them. All layers share shapes, so
 * weights are arguments.
 *
 * <p>Layout: a batch is token-packed. Its {@code T} tokens are rows {@code [T, H]}, and sequence
 * {@code s} owns rows {@code offsets[s]} to {@code offsets[s + 1]}; there is no padding. Buffers
 * have a capacity of {@code R >= T} rows, a multiple of the target's row tile, bound at each call
 * from the tensor's own shape. Counts are leading integer arguments. A product computes a tile of
 * rows at a time, at most {@code rowTile} of them: up to {@code rowTile - 1} rows beyond {@code T}
 * are computed and mean nothing. All values between kernels are float32, row-major; ids, rows and
 * offsets are int32.
 *
 * <p>Where a signature says {@code weight, bias}, it means the tensors of {@link
 * PackedNames#projection}: int8 has two more.
 *
 * <p>Every result of a sequence is the same, bit for bit, whatever shares its batch.
 */
public final class KernelNames {
  /**
   * {@code (tokens, ids[R], positions[R], types[R], word[V,E], position[P,E], type[Y,E], gamma[E],
   * beta[E], out[R,E])}: the sum of the three embeddings, LayerNorm. But for an ALBERT {@code E} is
   * {@code H}.
   */
  public static final String EMBED = "offramp_embed";

  /** {@code (tokens, x[R,E], weight, bias[H], out[R,H])}: an ALBERT's way from E to H. */
  public static final String EMBED_PROJECTION = "offramp_embed_projection";

  /** {@code (tokens, x[R,H], weight, bias[3H], out[R,3H])}: query, key and value side by side. */
  public static final String QKV = "offramp_qkv";

  /** {@code (sequences, offsets[S+1], qkv[R,3H], out[R,H])}: softmax(q k' / sqrt(d)) v per head. */
  public static final String ATTENTION = "offramp_attention";

  /**
   * {@code (tokens, x[R,H], weight, bias[H], residual[R,H], gamma[H], beta[H], out[R,H])}:
   * projection, bias, residual, LayerNorm.
   */
  public static final String ATTENTION_OUTPUT = "offramp_attention_output";

  /**
   * {@code (tokens, x[R,H], weight, bias[I], out[R,I])}: projection, bias, GELU in the erf form.
   */
  public static final String FFN_UP = "offramp_ffn_up";

  /**
   * {@code (tokens, x[R,I], weight, bias[H], residual[R,H], gamma[H], beta[H], out[R,H])}:
   * projection, bias, residual, LayerNorm.
   */
  public static final String FFN_DOWN = "offramp_ffn_down";

  /**
   * {@code (sequences, offsets[S+1], x[R,H], poolerWeight, poolerBias[H], weight[C,H], bias[C],
   * logits[S,C])}: the first row of every sequence through pooler, tanh and classifier.
   */
  public static final String EXIT_HEAD = "offramp_exit_head";

  /**
   * {@code (tokens, rows[R], x[R,H], out[R,H])}: {@code out[i] = x[rows[i]]}, which keeps
   * survivors.
   */
  public static final String COMPACT = "offramp_compact";

  /** Those of every model. */
  public static final List<String> ALL =
      List.of(EMBED, QKV, ATTENTION, ATTENTION_OUTPUT, FFN_UP, FFN_DOWN, EXIT_HEAD, COMPACT);

  private KernelNames() {}

  /** Those of a model: an ALBERT has {@link #EMBED_PROJECTION} too. */
  public static List<String> of(ModelConfig config) {
    return config.sharedLayers()
        ? Stream.concat(ALL.stream(), Stream.of(EMBED_PROJECTION)).toList()
        : ALL;
  }
}
