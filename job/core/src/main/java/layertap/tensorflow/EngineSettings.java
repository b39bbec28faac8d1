package layertap.tensorflow;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import layertap.process.InterruptingProfilers;
import layertap.process.NativeEnvironment;

/**
 * How TensorFlow runs in this process, as far as the process decides it.
 *
 * @param oneDnn whether the kernels of oneDNN are used where there are some; they round otherwise
 *     than Eigen's, within the tolerance that is promised
 * @param threadsPerOp how many threads one op may use
 * @param warnings what is missing or in the way, what it costs and what to do
 */
public record EngineSettings(boolean oneDnn, int threadsPerOp, List<String> warnings) {
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
    List<String> warnings = new ArrayList<>();
    problem
        .filter(reason -> !isOn)
        .map(
            reason ->
                ("cannot turn on TensorFlow's faster kernels (oneDNN), convolutions take about"
                        + " a fifth longer: %s; set %s=1 in the environment before Java starts")
                    .formatted(reason, ONE_DNN))
        .ifPresent(warnings::add);
    InterruptingProfilers.loaded()
        .map(
            library ->
                ("cannot vouch for values, nor for the process: %s interrupts threads by signals,"
                        + " and one that comes during a matrix product of oneDNN overwrites memory;"
                        + " run without it, or profile by JFR")
                    .formatted(library))
        .ifPresent(warnings::add);
    return new EngineSettings(isOn, threadsPerOp, List.copyOf(warnings));
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
