package dev.offramp.bench;

import dev.offramp.cli.CommandModule;

/** Adds {@code offramp bench}. */
public final class BenchModule implements CommandModule {
  /** For the service loader. */
  public BenchModule() {}

  @Override
  public Object command() {
    return new BenchCommand();
  }
}
