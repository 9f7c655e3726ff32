package dev.offramp.cli;

/**
 * Adds a subcommand to {@code offramp} from a module that this one does not know. Found through
 * {@link java.util.ServiceLoader}.
 */
public interface CommandModule {
  /** A new picocli command object; its {@code @Command(name = ...)} is the subcommand's name. */
  Object command();
}
