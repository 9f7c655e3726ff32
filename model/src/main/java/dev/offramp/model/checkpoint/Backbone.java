package dev.offramp.model.checkpoint;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/**
 * The kinds of encoder that import, and what their checkpoints call a tensor.
 *
 * <p>Source: Devlin et al., 2019; Liu et al., 2019 (RoBERTa); Lan et al., 2020 (ALBERT).
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
  ROBERTA("roberta"),

  /** Names of its own, for one layer that all depths share. */
  ALBERT("albert");

  private static final String ROBERTA_HEAD = "classifier.dense";

  private static final String ALBERT_PREFIX = "albert.";

  /* Beginnings of an ALBERT's names behind its prefix, and of ours. */
  private static final Map<String, String> ALBERT_NAMES = albertNames();

  private final String modelType;

  Backbone(String modelType) {
    this.modelType = modelType;
  }

  /** As what a checkpoint of ours is written. */
  static Backbone of(ModelConfig config) {
    return config.sharedLayers() ? ALBERT : BERT;
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
            case ALBERT -> ofAlbert(name);
          };
      boolean idle = hasHead && ours.startsWith(TensorNames.POOLER) && !isHead(name);
      if (!idle) {
        canonical.put(name, ours);
      }
    }
    return canonical;
  }

  /** The name that a file of this kind has for a tensor of ours. */
  String fileName(String ours) {
    if (this != ALBERT) {
      return ours;
    }
    for (var name : ALBERT_NAMES.entrySet()) {
      if (ours.startsWith(name.getValue())) {
        return ALBERT_PREFIX + name.getKey() + ours.substring(name.getValue().length());
      }
    }
    return ours;
  }

  private static String ofAlbert(String name) {
    String bare = name.startsWith(ALBERT_PREFIX) ? name.substring(ALBERT_PREFIX.length()) : name;
    for (var known : ALBERT_NAMES.entrySet()) {
      if (bare.startsWith(known.getKey())) {
        return known.getValue() + bare.substring(known.getKey().length());
      }
    }
    return name;
  }

  private static Map<String, String> albertNames() {
    var names = new LinkedHashMap<String, String>();
    names.put("embeddings.", "bert.embeddings.");
    names.put("encoder.embedding_hidden_mapping_in.", TensorNames.EMBEDDING_PROJECTION + ".");
    names.put("encoder.highway.", "bert.encoder.highway.");
    String layer = "encoder.albert_layer_groups.0.albert_layers.0.";
    names.put(layer + "attention.query.", TensorNames.query(1) + ".");
    names.put(layer + "attention.key.", TensorNames.key(1) + ".");
    names.put(layer + "attention.value.", TensorNames.value(1) + ".");
    names.put(layer + "attention.dense.", TensorNames.attentionOutput(1) + ".");
    names.put(layer + "attention.LayerNorm.", TensorNames.attentionNorm(1) + ".");
    names.put(layer + "ffn.", TensorNames.feedForwardUp(1) + ".");
    names.put(layer + "ffn_output.", TensorNames.feedForwardDown(1) + ".");
    names.put(layer + "full_layer_layer_norm.", TensorNames.feedForwardNorm(1) + ".");
    names.put("pooler.", TensorNames.POOLER + ".");
    return names;
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
