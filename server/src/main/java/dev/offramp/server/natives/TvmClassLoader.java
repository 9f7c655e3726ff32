package dev.offramp.server.natives;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/*
 * org.apache.tvm's static initializer calls System.loadLibrary("tvm4j"), which looks in
 * java.library.path, a property the JVM reads once at its start: every launcher, test and container
 * would have to name a directory that exists only after the natives were extracted. But before it
 * looks there, loadLibrary asks the class loader of its caller. So the binding is defined by this
 * loader, which knows where the library lies, and no JVM flag is needed.
 *
 * Our own backend classes have to be defined here as well, to be linked against this copy of the
 * binding. They talk to the rest of the server through the interfaces of the engine package, which
 * come from the parent.
 */
final class TvmClassLoader extends ClassLoader {

  private static final String BINDING = "org.apache.tvm.";
  private static final String BACKEND = "dev.offramp.server.tvm.";

  static {
    registerAsParallelCapable();
  }

  private final Path bridge;

  TvmClassLoader(ClassLoader parent, Path bridge) {
    super("tvm", parent);
    this.bridge = bridge;
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!name.startsWith(BINDING) && !name.startsWith(BACKEND)) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      return loaded == null ? findClass(name) : loaded;
    }
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
      if (in == null) {
        throw new ClassNotFoundException(name);
      }
      byte[] bytes = in.readAllBytes();
      return defineClass(name, bytes, 0, bytes.length);
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }

  @Override
  protected @Nullable String findLibrary(String name) {
    return name.equals("tvm4j") ? bridge.toString() : null;
  }
}
