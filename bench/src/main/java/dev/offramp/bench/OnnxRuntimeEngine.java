package dev.offramp.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.offramp.bench.onnx.OnnxEncoder;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.text.EncodedText;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;

/** ONNX Runtime on the CPU, all graph optimizations on. */
final class OnnxRuntimeEngine implements PeerEngine {
  static final String NAME = "onnxruntime";

  private final OrtEnvironment environment;
  private final SessionOptions options;
  private final OrtSession session;
  private final ModelEnds ends;
  private final int hiddenSize;

  /** Loads the layers of {@code checkpoint}. */
  OnnxRuntimeEngine(Checkpoint checkpoint, int threads) {
    OnnxRuntimeTelemetry.disable();
    environment = OrtEnvironment.getEnvironment();
    options = new SessionOptions();
    ends = new ModelEnds(checkpoint);
    hiddenSize = checkpoint.config().hiddenSize();
    try {
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      options.setExecutionMode(SessionOptions.ExecutionMode.SEQUENTIAL);
      options.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
      session = environment.createSession(OnnxEncoder.model(checkpoint), options);
    } catch (OrtException e) {
      options.close();
      throw failed("loading", e);
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String version() {
    return environment.getVersion();
  }

  @Override
  public String precision() {
    return "float32";
  }

  @Override
  public Pass prepare(List<EncodedText> texts) {
    return new OnnxPass(TokenCase.of(texts), ends.embed(texts));
  }

  @Override
  public void close() {
    try (options) {
      session.close();
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
    private final OnnxTensor x;
    private final OnnxTensor y;

    OnnxPass(TokenCase tokens, float[] rows) {
      this.tokens = tokens;
      long[] shape = {tokens.sequences(), tokens.length(), hiddenSize};
      FloatBuffer input = floats(rows.length).put(rows).flip();
      output = floats(rows.length);
      try {
        x = OnnxTensor.createTensor(environment, input, shape);
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
      try (var result = session.run(Map.of(OnnxEncoder.INPUT, x), Map.of(OnnxEncoder.OUTPUT, y))) {
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
      x.close();
      y.close();
    }

    private static FloatBuffer floats(int count) {
      return ByteBuffer.allocateDirect(count * Float.BYTES)
          .order(ByteOrder.nativeOrder())
          .asFloatBuffer();
    }
  }
}
