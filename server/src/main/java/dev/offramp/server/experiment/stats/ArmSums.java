package dev.offramp.server.experiment.stats;

/**
 * What is kept of an arm's units: sums that replicas add.
 *
 * @param n units, each counted once
 * @param y sum of the outcomes
 * @param yy sum of their squares
 * @param x sum of what was known of the units before, such as the same outcome in the time before;
 *     0 where nothing is
 * @param xx sum of its squares
 * @param xy sum of the products
 */
public record ArmSums(long n, double y, double yy, double x, double xx, double xy) {
  /** No unit. */
  public static final ArmSums NONE = new ArmSums(0, 0, 0, 0, 0, 0);

  /** Checks that they are numbers. */
  public ArmSums {
    Checked.count("n", n);
    Checked.finite("sum of y", y);
    Checked.notNegative("sum of y^2", yy);
    Checked.finite("sum of x", x);
    Checked.notNegative("sum of x^2", xx);
    Checked.finite("sum of xy", xy);
  }

  /** Sums of outcomes alone. */
  public static ArmSums of(long n, double y, double yy) {
    return new ArmSums(n, y, yy, 0, 0, 0);
  }

  /** One more unit. */
  public ArmSums with(double outcome, double before) {
    return new ArmSums(
        n + 1,
        y + outcome,
        yy + outcome * outcome,
        x + before,
        xx + before * before,
        xy + outcome * before);
  }

  /** Both together. */
  public ArmSums plus(ArmSums other) {
    return new ArmSums(
        n + other.n, y + other.y, yy + other.yy, x + other.x, xx + other.xx, xy + other.xy);
  }

  /** The mean outcome; 0 of no unit. */
  public double mean() {
    return n == 0 ? 0 : y / n;
  }

  /** The mean of what was known before; 0 of no unit. */
  double meanBefore() {
    return n == 0 ? 0 : x / n;
  }

  /* Sums of squares and products about the means. */

  double aboutY() {
    return n == 0 ? 0 : Math.max(0, yy - y * y / n);
  }

  double aboutX() {
    return n == 0 ? 0 : Math.max(0, xx - x * x / n);
  }

  double aboutXy() {
    return n == 0 ? 0 : xy - x * y / n;
  }
}
