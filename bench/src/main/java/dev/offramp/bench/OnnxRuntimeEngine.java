package dev.offramp.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.offramp.bench.onnx.OnnxEncoder;
import dev.offramp.bench.workload.TokenCase;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.text.EncodedText;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * ONNX Runtime on the CPU, all graph optimizations on; in float32, or dynamically quantized to int8
 * as its own tool {@code quantize_dynamic} does it, per channel.
 *
 * <p>A batch of texts of several lengths is padded to the longest, and padding masked; batches of
 * one length run on a graph that knows no mask.
 */
final class OnnxRuntimeEngine implements PeerEngine {
  static final String NAME = "onnxruntime";

  /** The int8 one. */
  static final String INT8_NAME = "onnxruntime-int8";

  private final OrtEnvironment environment;
  private final SessionOptions options;
  private final Checkpoint checkpoint;
  private final boolean quantized;
  private final ModelEnds ends;
  private final int hiddenSize;

  /** For batches with padding and without, each made when it is first needed. */
  private final Map<Boolean, OrtSession> sessions = new HashMap<>();

  /** Loads the layers of {@code checkpoint}. */
  OnnxRuntimeEngine(Checkpoint checkpoint, int threads, boolean quantized) {
    OnnxRuntimeTelemetry.disable();
    this.environment = OrtEnvironment.getEnvironment();
    this.options = new SessionOptions();
    this.checkpoint = checkpoint;
    this.quantized = quantized;
    this.ends = new ModelEnds(checkpoint);
    this.hiddenSize = checkpoint.config().hiddenSize();
    try {
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      options.setExecutionMode(SessionOptions.ExecutionMode.SEQUENTIAL);
      options.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
      // Before VNNI its products of unsigned and signed bytes saturate, unless told to be precise.
      options.addConfigEntry("session.x64quantprecision", "1");
    } catch (OrtException e) {
      options.close();
      throw failed("setting options", e);
    }
  }

  private OrtSession session(boolean masked) {
    return sessions.computeIfAbsent(
        masked,
        key -> {
          try {
            return environment.createSession(
                OnnxEncoder.model(checkpoint, quantized, masked), options);
          } catch (OrtException e) {
            throw failed("loading", e);
          }
        });
  }

  @Override
  public String name() {
    return quantized ? INT8_NAME : NAME;
  }

  @Override
  public String version() {
    return environment.getVersion();
  }

  @Override
  public String precision() {
    return quantized ? "int8" : "float32";
  }

  @Override
  public Pass prepare(List<EncodedText> texts) {
    return new OnnxPass(TokenCase.of(texts), ends.embed(texts));
  }

  @Override
  public void close() {
    try (options) {
      for (OrtSession session : sessions.values()) {
        session.close();
      }
    } catch (OrtException e) {
      throw failed("closing", e);
    }
  }

  private static IllegalStateException failed(String doing, OrtException e) {
    return new IllegalStateException("ONNX Runtime failed " + doing + ": " + e.getMessage(), e);
  }

  private final class OnnxPass implements Pass {
    private final TokenCase tokens;
    private final FloatBuffer output;
    private final OrtSession session;
    private final Map<String, OnnxTensor> inputs = new HashMap<>();
    private final OnnxTensor y;

    OnnxPass(TokenCase tokens, float[] rows) {
      this.tokens = tokens;
      long length = tokens.longest();
      long[] shape = {tokens.sequences(), length, hiddenSize};
      session = session(tokens.isRagged());
      output = floats(rows.length);
      try {
        inputs.put(OnnxEncoder.INPUT, tensor(rows, shape));
        if (tokens.isRagged()) {
          long[] ofMask = {tokens.sequences(), 1, 1, length};
          inputs.put(OnnxEncoder.MASK, tensor(ModelEnds.mask(tokens), ofMask));
        }
        y = OnnxTensor.createTensor(environment, output, shape);
      } catch (OrtException e) {
        throw failed("making a tensor", e);
      }
    }

    @Override
    public void reset() {
      // The input is only read.
    }

    @Override
    public void run() {
      // The output is pinned: no result is allocated, and none is copied.
      try (var result = session.run(inputs, Map.of(OnnxEncoder.OUTPUT, y))) {
        assert result.size() == 1;
      } catch (OrtException e) {
        throw failed("running", e);
      }
    }

    @Override
    public float[] logits() {
      float[] rows = new float[output.capacity()];
      output.get(0, rows);
      return ends.logits(rows, tokens);
    }

    @Override
    public void close() {
      inputs.values().forEach(OnnxTensor::close);
      y.close();
    }

    private OnnxTensor tensor(float[] values, long... shape) throws OrtException {
      FloatBuffer memory = floats(values.length).put(values).flip();
      return OnnxTensor.createTensor(environment, memory, shape);
    }

    private static FloatBuffer floats(int count) {
      return ByteBuffer.allocateDirect(count * Float.BYTES)
          .order(ByteOrder.nativeOrder())
          .asFloatBuffer();
    }
  }
}
