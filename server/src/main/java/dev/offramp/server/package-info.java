/** The Offramp server: artifacts behind gRPC, with an exit rule per request. */
@NullMarked
package dev.offramp.server;

import org.jspecify.annotations.NullMarked;
