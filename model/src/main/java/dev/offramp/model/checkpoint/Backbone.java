package dev.offramp.model.checkpoint;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * The kinds of encoder that import, and what their checkpoints call a tensor.
 *
 * <p>Source: Devlin et al., 2019; Liu et al., 2019 (RoBERTa).
 */
enum Backbone {
  /**
   * The names of {@link TensorNames}, with or without {@code bert.}, as old or new as they come.
   */
  BERT("bert"),

  /**
   * A BERT's names behind {@code roberta.}. A classifier's hidden layer and output are what we call
   * the pooler and the last exit.
   */
  ROBERTA("roberta");

  private static final String ROBERTA_HEAD = "classifier.dense";

  private final String modelType;

  Backbone(String modelType) {
    this.modelType = modelType;
  }

  /** What {@code config.json} calls it. */
  String modelType() {
    return modelType;
  }

  /**
   * Our names for the tensors of a file, by the file's own. Those that are no part of an encoder
   * with a classifier keep theirs, which are none of ours.
   */
  SequencedMap<String, String> canonical(Collection<String> names) {
    var canonical = new LinkedHashMap<String, String>();
    // Beside its own head, a RoBERTa may hold a pooler that nothing was trained through.
    boolean hasHead = this == ROBERTA && names.contains(ROBERTA_HEAD + ".weight");
    for (String name : names) {
      String ours =
          switch (this) {
            case BERT -> ofBert(name);
            case ROBERTA -> ofRoberta(name);
          };
      boolean idle = hasHead && ours.startsWith(TensorNames.POOLER) && !isHead(name);
      if (!idle) {
        canonical.put(name, ours);
      }
    }
    return canonical;
  }

  private static String ofRoberta(String name) {
    if (isHead(name)) {
      return TensorNames.POOLER + name.substring(ROBERTA_HEAD.length());
    }
    return ofBert(
        name.replaceFirst("^roberta\\.", "bert.")
            .replaceFirst("^classifier\\.out_proj\\.", "classifier."));
  }

  private static boolean isHead(String name) {
    return name.startsWith(ROBERTA_HEAD + ".");
  }

  private static String ofBert(String name) {
    String newer =
        name.replace("LayerNorm.gamma", "LayerNorm.weight")
            .replace("LayerNorm.beta", "LayerNorm.bias");
    return newer.startsWith("embeddings.")
            || newer.startsWith("encoder.")
            || newer.startsWith("pooler.")
        ? "bert." + newer
        : newer;
  }
}
