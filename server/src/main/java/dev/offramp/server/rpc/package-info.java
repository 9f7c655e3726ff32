/** The gRPC services, and the one place where errors become statuses. */
@NullMarked
package dev.offramp.server.rpc;

import org.jspecify.annotations.NullMarked;
