package dev.offramp.bench.onnx;

import dev.offramp.model.checkpoint.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * An ONNX graph under construction: values are named, nodes are in an order that computes.
 *
 * <p>Threading: one thread. Source: the field numbers of ONNX's {@code onnx.proto3}, IR version 8.
 */
final class OnnxGraph {
  /** The operators' version: the first with LayerNormalization. */
  static final int OPSET = 17;

  private static final int IR_VERSION = 8;

  /** The number of float32 among the element types. */
  static final int FLOAT = 1;

  private static final int INT8 = 3;
  private static final int INT64 = 7;

  private static final int ATTRIBUTE_FLOAT = 1;
  private static final int ATTRIBUTE_INT = 2;
  private static final int ATTRIBUTE_INTS = 7;

  private final ProtobufMessage graph = new ProtobufMessage();
  private int nodes;

  OnnxGraph(String name) {
    graph.text(2, name);
  }

  /** Declares an input of float32 values; a negative extent is known at run time only. */
  void input(String name, List<Integer> shape) {
    graph.message(11, value(name, shape));
  }

  /** Declares that the value {@code name} is an output. */
  void output(String name, List<Integer> shape) {
    graph.message(12, value(name, shape));
  }

  /** Adds a constant. */
  String constant(String name, Tensor tensor) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(tensor.values().length, Float.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(tensor.values());
    var message = new ProtobufMessage();
    tensor.shape().forEach(extent -> message.integer(1, extent));
    message.integer(2, FLOAT).text(8, name).bytes(9, bytes.array());
    graph.message(5, message);
    return name;
  }

  /** Adds a constant of signed bytes. */
  String bytes(String name, byte[] values, int... shape) {
    var message = new ProtobufMessage();
    for (int extent : shape) {
      message.integer(1, extent);
    }
    message.integer(2, INT8).text(8, name).bytes(9, values);
    graph.message(5, message);
    return name;
  }

  /** Adds a constant without dimensions. */
  String scalar(String name, float value) {
    return constant(name, Tensor.of(new float[] {value}));
  }

  /** Adds a vector of integers, as shapes are given. */
  String integers(String name, long... values) {
    var message = new ProtobufMessage().integer(1, values.length).integer(2, INT64).text(8, name);
    for (long value : values) {
      message.integer(7, value);
    }
    graph.message(5, message);
    return name;
  }

  /** Starts a node with one output; {@link Node#to} ends it. */
  Node node(String operator, String... inputs) {
    return new Node(operator, inputs);
  }

  /** The whole model. */
  byte[] toBytes() {
    var opset = new ProtobufMessage().text(1, "").integer(2, OPSET);
    return new ProtobufMessage()
        .integer(1, IR_VERSION)
        .text(2, "offramp-bench")
        .message(7, graph)
        .message(8, opset)
        .toBytes();
  }

  private static ProtobufMessage value(String name, List<Integer> shape) {
    var dimensions = new ProtobufMessage();
    for (int axis = 0; axis < shape.size(); axis++) {
      int extent = shape.get(axis);
      var dimension = new ProtobufMessage();
      dimensions.message(
          1, extent < 0 ? dimension.text(2, "axis" + axis) : dimension.integer(1, extent));
    }
    var tensor = new ProtobufMessage().integer(1, FLOAT).message(2, dimensions);
    return new ProtobufMessage().text(1, name).message(2, new ProtobufMessage().message(1, tensor));
  }

  /** A node under construction. */
  final class Node {
    private final ProtobufMessage message = new ProtobufMessage();
    private final String operator;

    private Node(String operator, String... inputs) {
      this.operator = operator;
      for (String input : inputs) {
        message.text(1, input);
      }
    }

    /** Sets an integer attribute. */
    Node with(String name, int value) {
      return attribute(new ProtobufMessage().text(1, name).integer(3, value), ATTRIBUTE_INT);
    }

    /** Sets a float attribute. */
    Node with(String name, float value) {
      return attribute(new ProtobufMessage().text(1, name).number(2, value), ATTRIBUTE_FLOAT);
    }

    /** Sets an attribute that lists integers. */
    Node with(String name, List<Integer> values) {
      var attribute = new ProtobufMessage().text(1, name);
      values.forEach(value -> attribute.integer(8, value));
      return attribute(attribute, ATTRIBUTE_INTS);
    }

    /** Ends the node: its output is called {@code output}, which is returned. */
    String to(String output) {
      return to(List.of(output)).getFirst();
    }

    /** Ends a node with several outputs. */
    List<String> to(List<String> outputs) {
      outputs.forEach(output -> message.text(2, output));
      message.text(3, operator + "_" + nodes++).text(4, operator);
      graph.message(1, message);
      return outputs;
    }

    private Node attribute(ProtobufMessage attribute, int type) {
      message.message(5, attribute.integer(20, type));
      return this;
    }
  }
}
