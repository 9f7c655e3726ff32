package dev.offramp.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Amounts of memory, {@code 64MiB} or plain bytes; units are powers of 1024, also without iB. */
final class ByteSizeConverter implements ITypeConverter<Long> {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,18})(?:([kmgt])(?:i?b)?|b)?");

  @Override
  public Long convert(String text) {
    Matcher matcher = SIZE.matcher(text.toLowerCase(Locale.ROOT));
    if (matcher.matches()) {
      long amount = Long.parseLong(matcher.group(1));
      int shift = matcher.group(2) == null ? 0 : 10 * ("kmgt".indexOf(matcher.group(2)) + 1);
      if (amount <= Long.MAX_VALUE >> shift) {
        return amount << shift;
      }
    }
    throw new TypeConversionException(
        "'" + text + "' is not an amount of memory (expected: such as 64MiB, 2GiB, or bytes)");
  }
}
