@NullMarked
package dev.offramp.server.admin;

import org.jspecify.annotations.NullMarked;
