package dev.offramp.bench.training;

import dev.offramp.trainer.TrainerSettings.ObjectiveKind;

/**
 * A way to train that is compared with others.
 *
 * @param name in tables and files
 * @param objective what is made small
 * @param threads parts of a batch that are computed at the same time
 */
record Contender(String name, ObjectiveKind objective, int threads) {}
