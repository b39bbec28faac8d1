package layertap.spark.task;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;

/**
 * Tells the sessions of an executor apart: equal for what runs equal plans of equal models,
 * whichever job asks for it.
 */
final class SessionKey {
  private static final String SPARK_PREFIX = "spark.";

  private SessionKey() {}

  /**
   * The key of a session.
   *
   * @param fingerprint of the model
   * @param plan as it is sent, with the values that the session is compared with
   * @param hadoop settings, by which named files are read
   */
  static String of(String fingerprint, byte[] plan, Configuration hadoop) {
    MessageDigest digest = sha256();
    digest.update(fingerprint.getBytes(StandardCharsets.UTF_8));
    digest.update(plan);
    digest.update(settings(hadoop).toString().getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Spark's own settings, which are among them, decide nothing about a file. */
  private static Map<String, String> settings(Configuration hadoop) {
    Map<String, String> settings = new TreeMap<>();
    for (Map.Entry<String, String> setting : hadoop) {
      if (!setting.getKey().startsWith(SPARK_PREFIX)) {
        settings.put(setting.getKey(), setting.getValue());
      }
    }
    return settings;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
