package layertap.spark.task;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import layertap.plan.ExtractionPlan;
import org.apache.hadoop.conf.Configuration;

/**
 * Tells the sessions of an executor apart: equal for equal plans of equal models, whichever job
 * they belong to. Of the model, the plan, whether the session was compared with the driver's, and
 * Hadoop's settings, by which named files are read.
 */
final class SessionKey {
  private static final String SPARK_PREFIX = "spark.";

  private SessionKey() {}

  static String of(
      String fingerprint, ExtractionPlan plan, boolean isChecked, Configuration hadoop) {
    MessageDigest digest = sha256();
    try (ObjectOutputStream objects =
        new ObjectOutputStream(new DigestOutputStream(OutputStream.nullOutputStream(), digest))) {
      objects.writeUTF(fingerprint);
      objects.writeBoolean(isChecked);
      objects.writeObject(plan);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    digest.update(settings(hadoop).toString().getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Those of Spark, which are among them, decide nothing of a file. */
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
