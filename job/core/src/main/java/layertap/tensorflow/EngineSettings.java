package layertap.tensorflow;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import layertap.process.NativeEnvironment;

/**
 * How TensorFlow runs in this process, as far as the process decides it.
 *
 * @param oneDnn whether the kernels of oneDNN are used where there are some; they round otherwise
 *     than Eigen's, within the tolerance that is promised
 * @param threadsPerOp how many threads one op may use
 * @param warning that a setting is missing, what it costs and what to do; empty for none
 */
public record EngineSettings(boolean oneDnn, int threadsPerOp, String warning) {
  private static final String ONE_DNN = "TF_ENABLE_ONEDNN_OPTS";

  private static final String LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL";

  /** Of errors: what is below would stand between the lines of a job. */
  private static final String ERRORS = "2";

  private static final String ALL = "0";

  /**
   * Sets what is not set and says what is; to be called before TensorFlow is first used.
   *
   * @param isVerbose whether the natives log what they log by themselves
   */
  static EngineSettings apply(int threadsPerOp, boolean isVerbose) {
    Optional<String> problem =
        NativeEnvironment.setMissing(Map.of(ONE_DNN, "1", LOG_LEVEL, isVerbose ? ALL : ERRORS));
    boolean isOn = NativeEnvironment.get(ONE_DNN).filter(EngineSettings::isTrue).isPresent();
    String warning =
        problem
            .map(
                reason ->
                    ("cannot turn on TensorFlow's faster kernels (oneDNN), convolutions take about"
                            + " a fifth longer: %s; set %s=1 in the environment before Java starts")
                        .formatted(reason, ONE_DNN))
            .orElse("");
    return new EngineSettings(isOn, threadsPerOp, isOn ? "" : warning);
  }

  /** Whether TensorFlow was told to leave out what it does by the way. */
  static boolean isQuiet() {
    return NativeEnvironment.get(LOG_LEVEL).filter(level -> !level.equals(ALL)).isPresent();
  }

  /** As TensorFlow reads it (ReadBoolFromEnvVar in tsl/util/env_var.cc). */
  private static boolean isTrue(String value) {
    return value.equals("1") || value.equalsIgnoreCase("true");
  }

  /** In words, for listings and manifests. */
  public Map<String, Object> described() {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("kernels", oneDnn ? "oneDNN" : "Eigen");
    settings.put("threads-per-op", threadsPerOp);
    return settings;
  }
}
