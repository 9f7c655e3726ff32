/**
 * What happens in experiments, on its way from requests to the state: a journal and its delivery.
 */
@NullMarked
package dev.offramp.server.experiment.count;

import org.jspecify.annotations.NullMarked;
