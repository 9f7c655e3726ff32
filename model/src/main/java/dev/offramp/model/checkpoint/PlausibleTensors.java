package dev.offramp.model.checkpoint;

import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells a file of another model from one that may start a training run: what a foreign file lacks
 * begins by chance, and what the config does not know is left behind, both without a word.
 */
final class PlausibleTensors {
  private static final Pattern OF_A_LAYER =
      Pattern.compile("bert\\.encoder\\.(layer|highway)\\.(\\d{1,6})\\.(.*)");

  /**
   * Refuses a tensor of a layer that the config does not have: another layer's exit would be taken
   * for the last one. The last layer may have an exit among the others too, which nothing uses.
   *
   * @param name what the file calls it
   * @param canonical what we do
   * @throws IllegalArgumentException which names it
   */
  static void requireKnownLayer(String name, String canonical, ModelConfig config) {
    Matcher place = OF_A_LAYER.matcher(canonical);
    if (!place.matches()) {
      return;
    }
    int layer = Integer.parseInt(place.group(2)) + 1;
    int layers = place.group(1).equals("layer") ? config.distinctLayers() : config.layers();
    if (layer > layers) {
      throw new IllegalArgumentException(
          "tensor '%s' is of layer %d (expected: 1 to %d by config.json)"
              .formatted(name, layer, layers));
    }
    if (place.group(1).equals("highway") && place.group(3).startsWith("pooler.")) {
      throw new IllegalArgumentException(
          ("tensor '%s' is an exit's own pooler (expected: exits that share the model's, as COSEE's"
                  + " do; start from the backbone without its exits)")
              .formatted(name));
    }
  }

  /**
   * Refuses a model that lacks a part of its backbone. Exits and the pooler learn from the start.
   *
   * @param missing what it lacks
   * @param file how many tensors the file has
   * @throws IllegalArgumentException which names the first
   */
  static void requireBackbone(Collection<String> missing, Collection<String> file) {
    missing.stream()
        .filter(name -> !name.contains("classifier.") && !name.startsWith(TensorNames.POOLER))
        .findFirst()
        .ifPresent(first -> {
          throw new IllegalArgumentException(
              "lacks tensor '%s' and %d more (expected: every layer of config.json under Hugging Face's names; the file has %s)"
                  .formatted(
                      first,
                      missing.size() - 1,
                      file.isEmpty()
                          ? "no tensor"
                          : "%d tensors, such as '%s'"
                              .formatted(file.size(), file.iterator().next())));
        });
  }

  private PlausibleTensors() {}
}
