package dev.offramp.cli;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.util.Durations;
import dev.offramp.model.io.DurationText;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Durations of a message in JSON: Protocol Buffers know seconds alone, {@code 3600s}; a person
 * writes {@code 1h}.
 */
final class DurationFields {

  /**
   * Rewrites them, where they are texts, as Protocol Buffers want them.
   *
   * @param message is changed
   * @throws IllegalArgumentException if one is none; the message begins with the path to it
   */
  static void rewrite(ObjectNode message, Descriptor type) {
    rewrite(message, type, "");
  }

  private static void rewrite(JsonNode message, Descriptor type, String prefix) {
    if (!(message instanceof ObjectNode fields)) {
      return; // Not what the type asks for: the parser says so.
    }
    for (FieldDescriptor field : type.getFields()) {
      if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isMapField()) {
        rewrite(fields, field, field.getJsonName(), prefix);
        if (!field.getName().equals(field.getJsonName())) {
          rewrite(fields, field, field.getName(), prefix);
        }
      }
    }
  }

  private static void rewrite(
      ObjectNode fields, FieldDescriptor field, String name, String prefix) {
    JsonNode value = fields.path(name);
    String path = prefix + name;
    if (field.getMessageType().equals(Duration.getDescriptor())) {
      if (value.isString()) {
        fields.put(name, seconds(value.asString(), path));
      }
    } else if (value.isArray()) {
      for (int i = 0; i < value.size(); i++) {
        rewrite(value.path(i), field.getMessageType(), path + "[" + i + "].");
      }
    } else {
      rewrite(value, field.getMessageType(), path + ".");
    }
  }

  private static String seconds(String text, String path) {
    try {
      java.time.Duration duration = DurationText.parse(text);
      return Durations.toString(
          Duration.newBuilder()
              .setSeconds(duration.getSeconds())
              .setNanos(duration.getNano())
              .build());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(path + ": " + e.getMessage(), e);
    }
  }

  private DurationFields() {}
}
