package dev.offramp.cli.load;

import dev.offramp.client.Tier;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * Which tiers calls ask for, and how often each.
 *
 * @param shares at least one, each tier once
 */
public record TierMix(List<Share> shares) {

  /** Every layer, always. */
  public static final TierMix FULL = of(Tier.FULL);

  private static final String EXPECTED = "(expected: tiers and weights, such as x2=0.7,x4=0.3)";

  /**
   * A tier and its weight among the others'.
   *
   * @param tier what calls ask for
   * @param weight above 0; weights need not add up to 1
   */
  public record Share(Tier tier, double weight) {
    public Share {
      if (!(weight > 0 && Double.isFinite(weight))) {
        throw new IllegalArgumentException(
            "weight of tier %s: %s (expected: a number above 0)".formatted(tier.name(), weight));
      }
    }
  }

  public TierMix {
    shares = List.copyOf(shares);
    if (shares.isEmpty()) {
      throw new IllegalArgumentException("tiers: none " + EXPECTED);
    }
    var seen = new HashSet<Tier>();
    for (Share share : shares) {
      if (!seen.add(share.tier())) {
        throw new IllegalArgumentException(
            "tiers: %s twice (expected: each tier once)".formatted(share.tier().name()));
      }
    }
  }

  /** One tier, always. */
  public static TierMix of(Tier tier) {
    return new TierMix(List.of(new Share(tier, 1)));
  }

  /**
   * Reads {@code x2=0.7,x4=0.3}; a tier without a weight weighs 1.
   *
   * @throws IllegalArgumentException for anything else, naming the part
   */
  public static TierMix parse(String text) {
    var shares = new ArrayList<Share>();
    for (String part : text.split(",", -1)) {
      int equals = part.indexOf('=');
      String name = (equals < 0 ? part : part.substring(0, equals)).strip();
      if (name.isEmpty()) {
        throw new IllegalArgumentException("tiers: '%s' %s".formatted(text, EXPECTED));
      }
      double weight = equals < 0 ? 1 : weight(part.substring(equals + 1).strip(), text);
      shares.add(new Share(Tier.of(name), weight));
    }
    return new TierMix(shares);
  }

  /** The tiers, in the order of the shares. */
  public List<Tier> tiers() {
    return shares.stream().map(Share::tier).toList();
  }

  /**
   * The place of the share that a number falls to.
   *
   * @param uniform from 0 to below 1
   */
  int place(double uniform) {
    double left = uniform * shares.stream().mapToDouble(Share::weight).sum();
    for (int i = 0; i < shares.size() - 1; i++) {
      left -= shares.get(i).weight();
      if (left < 0) {
        return i;
      }
    }
    return shares.size() - 1;
  }

  private static double weight(String number, String text) {
    try {
      return Double.parseDouble(number);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "tiers: '%s', weight '%s' %s".formatted(text, number, EXPECTED), e);
    }
  }
}
