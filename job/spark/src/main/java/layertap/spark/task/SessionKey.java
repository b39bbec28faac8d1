package layertap.spark.task;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Map;
import java.util.TreeMap;
import layertap.checksum.Sha256;
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
    MessageDigest digest = Sha256.digest();
    digest.update(fingerprint.getBytes(StandardCharsets.UTF_8));
    digest.update(plan);
    digest.update(settings(hadoop).toString().getBytes(StandardCharsets.UTF_8));
    return Sha256.hex(digest);
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
}
