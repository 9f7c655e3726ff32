package dev.offramp.trainer;

/** What differs between two runs, each described by all of its settings in words. */
public final class SettingsDifference {
  private SettingsDifference() {}

  /**
   * Only what differs: {@code epochs=3 (now: epochs=4)}; all, where their parts are not the same
   * ones.
   */
  public static String of(String then, String now) {
    String[] old = then.split("[;,\\[\\]]+ *", -1);
    String[] present = now.split("[;,\\[\\]]+ *", -1);
    if (old.length != present.length) {
      return "'" + then + "' (now: '" + now + "')";
    }
    var parts = new StringBuilder();
    for (int i = 0; i < old.length; i++) {
      if (!old[i].equals(present[i])) {
        parts.append(parts.isEmpty() ? "" : ", ");
        parts.append(old[i]).append(" (now: ").append(present[i]).append(')');
      }
    }
    return parts.toString();
  }
}
