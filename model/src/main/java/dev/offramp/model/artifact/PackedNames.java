package dev.offramp.model.artifact;

import java.util.List;

/**
 * The names of the tensors in an artifact's packed weights. GEMM weights lie as the kernels of
 * their target read them; all others are row-major. Depths count from 1; the layer that an ALBERT
 * shares is that of depth 1, and lies here once.
 */
public final class PackedNames {
  /** Word embeddings {@code [V, E]}. */
  public static final String WORD = "embed.word";

  /** Position embeddings {@code [P, E]}. */
  public static final String POSITION = "embed.position";

  /** Segment type embeddings {@code [Y, E]}. */
  public static final String TYPE = "embed.type";

  /** Prefix of the embeddings' LayerNorm; {@code .weight} and {@code .bias} {@code [E]}. */
  public static final String EMBED_NORM = "embed.norm";

  /** Prefix of an ALBERT's projection from E to H; weight packed, bias {@code [H]}. */
  public static final String EMBED_PROJECTION = "embed.projection";

  /** Prefix of the pooler that all exits share; weight packed, bias {@code [H]}. */
  public static final String POOLER = "pooler";

  /** Suffix of a packed weight. */
  public static final String WEIGHT = ".weight";

  /** Suffix of a bias {@code [N]}. */
  public static final String BIAS = ".bias";

  /** Suffix of the scales of an int8 weight's output channels, {@code [N]}. */
  public static final String SCALE = ".scale";

  /** Suffix of what the integer sums of an int8 product start from, {@code [N]}, int32. */
  public static final String CORRECTION = ".correction";

  private PackedNames() {}

  /** The suffixes of a projection's tensors, in the order of the kernels' arguments. */
  public static List<String> projection(Precision precision) {
    return precision == Precision.INT8
        ? List.of(WEIGHT, BIAS, SCALE, CORRECTION)
        : List.of(WEIGHT, BIAS);
  }

  /** Prefix of the query, key and value projections as one; weight packed, bias {@code [3H]}. */
  public static String qkv(int depth) {
    return layer(depth, "qkv");
  }

  /** Prefix of the attention's output projection; weight packed, bias {@code [H]}. */
  public static String attentionOutput(int depth) {
    return layer(depth, "attention_output");
  }

  /** Prefix of the LayerNorm after the attention; both {@code [H]}. */
  public static String attentionNorm(int depth) {
    return layer(depth, "attention_norm");
  }

  /** Prefix of the widening half of the feed-forward layer; weight packed, bias {@code [I]}. */
  public static String feedForwardUp(int depth) {
    return layer(depth, "ffn_up");
  }

  /** Prefix of the narrowing half of the feed-forward layer; weight packed, bias {@code [H]}. */
  public static String feedForwardDown(int depth) {
    return layer(depth, "ffn_down");
  }

  /** Prefix of the LayerNorm after the feed-forward layer; both {@code [H]}. */
  public static String feedForwardNorm(int depth) {
    return layer(depth, "ffn_norm");
  }

  /** Prefix of an exit's classifier; weight {@code [C, H]}, bias {@code [C]}. */
  public static String exit(int depth) {
    return "exit." + depth;
  }

  private static String layer(int depth, String part) {
    return "layer." + depth + "." + part;
  }
}
