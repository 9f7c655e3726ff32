/**
 * The admin port: a console for people, and health and metrics for machines, over HTTP. It reads
 * what the server keeps anyway, and changes experiments through the same {@code Edits} as gRPC
 * does.
 */
@NullMarked
package dev.offramp.server.admin;

import org.jspecify.annotations.NullMarked;
