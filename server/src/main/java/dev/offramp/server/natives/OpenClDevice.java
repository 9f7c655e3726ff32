package dev.offramp.server.natives;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * A device that OpenCL kernels run on.
 *
 * @param name as its driver calls it
 * @param isGpu whether it is a GPU, and not a CPU that behaves like one
 */
public record OpenClDevice(String name, boolean isGpu) {
  private static final Logger log = LogManager.getLogger(OpenClDevice.class);

  private static final long CPU = 1 << 1;
  private static final long GPU = 1 << 2;
  private static final int DEVICE_NAME = 0x102B;
  private static final int MOST = 16;

  /**
   * The device that TVM's runtime takes: the first GPU, and where there is none, the first CPU. The
   * first call loads the machine's OpenCL drivers, which can take a tenth of a second.
   */
  public static Optional<OpenClDevice> find() {
    try (Arena arena = Arena.ofConfined()) {
      var library = new Library(NativeLibraries.openCl());
      List<MemorySegment> platforms = library.platforms(arena);
      return first(library, arena, platforms, GPU).or(() -> first(library, arena, platforms, CPU));
    } catch (UnsupportedOperationException | IllegalArgumentException e) {
      log.warn("OpenCL is not looked for: {}", e.getMessage());
      return Optional.empty();
    }
  }

  private static Optional<OpenClDevice> first(
      Library library, Arena arena, List<MemorySegment> platforms, long type) {
    for (MemorySegment platform : platforms) {
      Optional<MemorySegment> device = library.device(arena, platform, type);
      if (device.isPresent()) {
        return Optional.of(new OpenClDevice(library.name(arena, device.get()), type == GPU));
      }
    }
    return Optional.empty();
  }

  /** The functions of OpenCL that find devices. */
  private record Library(SymbolLookup symbols) {

    List<MemorySegment> platforms(Arena arena) {
      MemorySegment ids = arena.allocate(ValueLayout.ADDRESS, MOST);
      MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
      int status =
          call(
              "clGetPlatformIDs",
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT,
                  ValueLayout.ADDRESS,
                  ValueLayout.ADDRESS),
              MOST,
              ids,
              count);
      var platforms = new ArrayList<MemorySegment>();
      // No driver is an error of its own to OpenCL, and none to us.
      int found = status == 0 ? Math.min(MOST, count.get(ValueLayout.JAVA_INT, 0)) : 0;
      for (int i = 0; i < found; i++) {
        platforms.add(ids.getAtIndex(ValueLayout.ADDRESS, i));
      }
      return platforms;
    }

    Optional<MemorySegment> device(Arena arena, MemorySegment platform, long type) {
      MemorySegment id = arena.allocate(ValueLayout.ADDRESS);
      int status =
          call(
              "clGetDeviceIDs",
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT,
                  ValueLayout.ADDRESS,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_INT,
                  ValueLayout.ADDRESS,
                  ValueLayout.ADDRESS),
              platform,
              type,
              1,
              id,
              MemorySegment.NULL);
      return status == 0 ? Optional.of(id.get(ValueLayout.ADDRESS, 0)) : Optional.empty();
    }

    String name(Arena arena, MemorySegment device) {
      int most = 256;
      MemorySegment name = arena.allocate(most);
      int status =
          call(
              "clGetDeviceInfo",
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT,
                  ValueLayout.ADDRESS,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.ADDRESS,
                  ValueLayout.ADDRESS),
              device,
              DEVICE_NAME,
              (long) most,
              name,
              MemorySegment.NULL);
      return status == 0 ? name.getString(0).strip() : "without a name";
    }

    private int call(String function, FunctionDescriptor type, Object... arguments) {
      try {
        return (int)
            Linker.nativeLinker()
                .downcallHandle(
                    symbols
                        .find(function)
                        .orElseThrow(
                            () -> new UnsupportedOperationException(function + ": missing")),
                    type)
                .invokeWithArguments(arguments);
      } catch (UnsupportedOperationException e) {
        throw e;
      } catch (Throwable e) {
        throw new UnsupportedOperationException(function + ": " + e, e);
      }
    }
  }
}
