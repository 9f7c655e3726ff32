package dev.offramp.model.text;

import java.util.Arrays;

/**
 * A text as the model sees it: token ids and segment types, special tokens included. Immutable.
 *
 * <p>Shapes: both {@code [T]}.
 */
public final class EncodedText {
  private final int[] ids;
  private final int[] types;

  private EncodedText(int[] ids, int[] types) {
    this.ids = ids;
    this.types = types;
  }

  /** A text of {@code ids} and segment {@code types}, both copied. */
  public static EncodedText of(int[] ids, int[] types) {
    if (ids.length == 0 || ids.length != types.length) {
      throw new IllegalArgumentException(
          "ids: " + ids.length + ", types: " + types.length + " (expected: as many, at least 1)");
    }
    return new EncodedText(ids.clone(), types.clone());
  }

  /** The same without copies: the arrays are the text's from now on. */
  static EncodedText owning(int[] ids, int[] types) {
    return new EncodedText(ids, types);
  }

  /** A text of {@code ids} that are all of segment type 0. */
  public static EncodedText of(int... ids) {
    return of(ids, new int[ids.length]);
  }

  /** The number of tokens {@code T}. */
  public int length() {
    return ids.length;
  }

  /** The id of token {@code index}. */
  public int id(int index) {
    return ids[index];
  }

  /** The segment type of token {@code index}. */
  public int type(int index) {
    return types[index];
  }

  /** A copy of the ids. */
  public int[] ids() {
    return ids.clone();
  }

  /** A copy of the segment types. */
  public int[] types() {
    return types.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof EncodedText that
        && Arrays.equals(ids, that.ids)
        && Arrays.equals(types, that.types);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(ids) + Arrays.hashCode(types);
  }

  @Override
  public String toString() {
    return "EncodedText" + Arrays.toString(ids);
  }
}
