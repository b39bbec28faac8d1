package layertap.report;

/** By which rule a plan's fingerprint was computed; a manifest names it. */
public final class FingerprintRule {
  /** Of outputs whose manifest names no rule: model, signature, feeds and features. */
  public static final int FIRST = 1;

  /** The first, and every later setting that changes a value and is not at its default. */
  public static final int CURRENT = 2;

  private FingerprintRule() {}
}
