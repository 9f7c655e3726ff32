package dev.offramp.server.admin;

/**
 * Where the admin port listens.
 *
 * @param address a host name or an address of this host; everyone who reaches it may change
 *     experiments
 * @param port 0 for any free one
 */
public record AdminSettings(String address, int port) {

  /** {@value}: this host alone. */
  public static final String DEFAULT_ADDRESS = "127.0.0.1";

  /** Checks the port. */
  public AdminSettings {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("admin port: " + port + " (expected: 0 to 65535)");
    }
  }
}
