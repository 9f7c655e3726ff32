package dev.offramp.bench.onednn;

import dev.offramp.model.artifact.Precision;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.HashMap;

/**
 * The process that {@link OneDnn} talks to: reads requests from standard input and answers on
 * standard output until the input ends.
 */
final class OneDnnWorker {
  static final int PREPARE = 1;
  static final int TIME = 2;

  private OneDnnWorker() {}

  /** Takes the path of the library. */
  public static void main(String[] arguments) throws IOException {
    PrintStream answers = System.out;
    System.setOut(System.err); // Nobody else may write between the answers.
    try (Arena arena = Arena.ofConfined();
        var out = new DataOutputStream(answers);
        var in = new DataInputStream(new BufferedInputStream(System.in))) {
      OneDnnLibrary library = OneDnnLibrary.load(Path.of(arguments[0]), arena);
      out.writeUTF(library.version());
      out.flush();
      serve(library, in, out);
    }
  }

  private static void serve(OneDnnLibrary library, DataInputStream in, DataOutputStream out)
      throws IOException {
    var products = new HashMap<Integer, OneDnnProduct>();
    try {
      while (true) {
        switch (in.readInt()) {
          case PREPARE -> {
            int slot = in.readInt();
            OneDnnProduct before = products.remove(slot);
            if (before != null) {
              before.close();
            }
            var product =
                new OneDnnProduct(
                    library,
                    in.readInt(),
                    in.readInt(),
                    in.readInt(),
                    Precision.ofId(in.readUTF()),
                    OneDnn.Epilogue.valueOf(in.readUTF()),
                    in.readBoolean());
            products.put(slot, product);
            out.writeUTF(product.implementation());
            out.writeDouble(product.maxError());
          }
          case TIME -> {
            OneDnnProduct product = products.get(in.readInt());
            if (product == null) {
              throw new IOException("nothing was prepared");
            }
            out.writeLong(product.nanos(in.readInt()));
          }
          default -> throw new IOException("an unknown request");
        }
        out.flush();
      }
    } catch (EOFException e) {
      // The caller is done.
    } finally {
      products.values().forEach(OneDnnProduct::close);
    }
  }
}
