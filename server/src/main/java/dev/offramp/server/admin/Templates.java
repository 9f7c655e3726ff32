package dev.offramp.server.admin;

import io.pebbletemplates.pebble.PebbleEngine;
import io.pebbletemplates.pebble.loader.ClasspathLoader;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Map;

/** The console's pages, filled in. All values are escaped. Threading: safe for all threads. */
final class Templates {

  private static final String FOLDER = "dev/offramp/server/admin/templates/";

  private final PebbleEngine engine;

  Templates() {
    var loader = new ClasspathLoader(Templates.class.getClassLoader());
    loader.setPrefix(FOLDER);
    loader.setSuffix(".html");
    engine =
        new PebbleEngine.Builder()
            .loader(loader)
            .strictVariables(true)
            .autoEscaping(true)
            .defaultLocale(Locale.ROOT)
            .build();
  }

  /** A page, or a part of one. */
  String render(String template, Map<String, Object> values) {
    var page = new StringWriter();
    try {
      engine.getTemplate(template).evaluate(page, values);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return page.toString();
  }
}
