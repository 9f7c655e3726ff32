package dev.offramp.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import org.junit.jupiter.api.Test;

class ModelPagesTest {

  @Test
  void rule_threshold_isReadAsTextsLeave() {
    assertThat(ModelPages.rule(new ExitRule.Threshold(ExitSignal.ENERGY, 0.25)))
        .isEqualTo("energy < 0.250");
    assertThat(ModelPages.rule(new ExitRule.Threshold(ExitSignal.LABEL_SCORE, 0.75)))
        .isEqualTo("label score > 0.750");
  }

  @Test
  void rule_patience_countsAgreements() {
    assertThat(ModelPages.rule(new ExitRule.Patience(1)))
        .isEqualTo("an exit agrees with the one before");
    assertThat(ModelPages.rule(new ExitRule.Patience(2)))
        .isEqualTo("2 exits agree with the one before them");
  }
}
