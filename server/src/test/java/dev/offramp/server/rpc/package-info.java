@NullMarked
package dev.offramp.server.rpc;

import org.jspecify.annotations.NullMarked;
