package layertap.spark.run;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.spark.sql.SparkSession;
import scala.Option;

/** Settings of a session that hold for a while, whatever its user or cluster says. */
public final class SessionSettings {
  private SessionSettings() {}

  /** Does something under settings, then puts back what was set before. */
  public static void during(SparkSession spark, Map<String, String> settings, Runnable action) {
    get(
        spark,
        settings,
        () -> {
          action.run();
          return null;
        });
  }

  /** Gets something under settings, then puts back what was set before. */
  static <T> T get(SparkSession spark, Map<String, String> settings, Supplier<T> action) {
    Map<String, Optional<String>> before = new HashMap<>();
    settings.forEach(
        (key, value) -> {
          // Not getOption, which has defaults, too: they would be set from then on.
          Option<String> found = spark.conf().getAll().get(key);
          before.put(key, found.isDefined() ? Optional.of(found.get()) : Optional.empty());
          spark.conf().set(key, value);
        });
    try {
      return action.get();
    } finally {
      before.forEach(
          (key, value) ->
              value.ifPresentOrElse(
                  text -> spark.conf().set(key, text), () -> spark.conf().unset(key)));
    }
  }
}
