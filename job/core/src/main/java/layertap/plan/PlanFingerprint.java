package layertap.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import layertap.checksum.Sha256;
import layertap.config.JobConfig;
import layertap.config.JobConfig.NonFinite;
import layertap.config.RunSettings.Optimization;
import layertap.failure.OutputException;
import layertap.graph.TensorId;
import layertap.input.feed.PlannedFeed;
import layertap.plan.precision.Precision;
import layertap.report.FingerprintRule;
import layertap.report.PublishedManifest;
import layertap.report.Redaction;
import org.tensorflow.proto.NodeDef;

/**
 * The fingerprint of a plan: of whatever changes a value. Outputs are older than rules, so the
 * first rule stays as it is, and a setting that came later is in the fingerprint only where it is
 * not at the default that it had before there was one.
 */
public final class PlanFingerprint {
  /** Begins the names of nodes that are not the model's. */
  private static final String OWN_NODES = "layertap_";

  private static final String FED_CAST = "/layertap_cast";

  private final JobConfig config;
  private final PlanBuilder.Planned planned;
  private final String firstRule;

  /**
   * Of a plan.
   *
   * @param description of the same plan
   */
  PlanFingerprint(JobConfig config, PlanBuilder.Planned planned, PlanDescription description) {
    this.config = config;
    this.planned = planned;
    this.firstRule =
        planned.fingerprint()
            + "\n"
            + config.model().signature()
            + "\n"
            + description.feeds()
            + "\n"
            + description.comparedFeatures();
  }

  /** By the current rule. */
  public String text() {
    return text(planned.isOptimized());
  }

  /**
   * By a rule that an output names, of the same plan with the model's own ops; empty if such
   * features shall not stand beside others.
   */
  private Optional<String> exact(int rule) {
    boolean isAsked = config.run().optimize() == Optimization.FAST;
    return isAsked && rule == FingerprintRule.CURRENT
        ? Optional.of(text(false /* exact */))
        : Optional.empty();
  }

  /**
   * Whether an output of this fingerprint by this rule has, but for rounding, the same features.
   */
  public boolean isOf(String fingerprint, int rule) {
    return fingerprint.equals(byRule(rule)) || exact(rule).filter(fingerprint::equals).isPresent();
  }

  private String text(boolean isOptimized) {
    StringBuilder all = new StringBuilder(firstRule);
    laterSettings(isOptimized)
        .forEach(
            // With its length, so that no text reads as two settings.
            (key, value) -> all.append("\n%s %s %s".formatted(key, value.length(), value)));
    return Sha256.hex(all.toString());
  }

  /**
   * By a rule that an output names.
   *
   * @throws OutputException if a later version made the rule
   */
  public String byRule(int rule) {
    if (rule > FingerprintRule.CURRENT) {
      throw new OutputException(
          ("cannot compare plans: the output's fingerprint is by rule %s, this version knows rules up"
                  + " to %s; use the version of layertap that wrote it, or a later one")
              .formatted(rule, FingerprintRule.CURRENT));
    }
    return rule < FingerprintRule.CURRENT ? Sha256.hex(firstRule) : text();
  }

  /**
   * What of the settings that an older rule leaves out differs from what an output's manifest
   * holds; empty if nothing does, or the manifest does not hold it.
   */
  public Optional<String> differenceBeside(PublishedManifest there) {
    if (!there.tags().isEmpty() && !new TreeSet<>(there.tags()).equals(tags())) {
      return Optional.of("model.tags was %s, not %s".formatted(there.tags(), tags()));
    }
    Map<String, String> before = fedExpressions(new TreeMap<>(there.select()));
    Map<String, String> now = fedExpressions(config.input().select());
    TreeSet<String> columns = new TreeSet<>(before.keySet());
    columns.addAll(now.keySet());
    return columns.stream()
        .filter(column -> isOther(before.get(column), now.get(column)))
        .map(column -> "input.select.%s was another expression".formatted(column))
        .findFirst();
  }

  /** Whether an expression changed; what was left out of it as a secret cannot be compared. */
  private static boolean isOther(String before, String now) {
    boolean isComparable = before != null && now != null && !before.contains(Redaction.REDACTED);
    return isComparable ? !before.equals(now) : before == null || now == null;
  }

  private Map<String, String> laterSettings(boolean isOptimized) {
    Map<String, String> settings = new LinkedHashMap<>();
    if (!tags().equals(new TreeSet<>(List.of("serve")))) {
      settings.put("model.tags", tags().toString());
    }
    fedExpressions(config.input().select())
        .forEach((name, sql) -> settings.put("input.select." + name, sql));
    planned.plan().feeds().stream()
        .filter(PlannedFeed::isInner)
        .forEach(
            feed ->
                settings.put(
                    "feeds " + feed.target().text(),
                    takers(feed.point().placeholder()).toString()));
    if (config.rows().nonFinite() != NonFinite.ALLOW) {
      settings.put("rows.non-finite", config.rows().nonFinite().name().toLowerCase(Locale.ROOT));
    }
    if (isOptimized) {
      settings.put("run.optimize", "fast");
    }
    if (planned.plan().precision() != Precision.FLOAT32) {
      settings.put("run.precision", planned.plan().precision().text());
    }
    return settings;
  }

  /** In any order they name the same graph. */
  private SortedSet<String> tags() {
    return new TreeSet<>(config.model().tags());
  }

  private Map<String, String> fedExpressions(Map<String, String> select) {
    List<String> columns = new ArrayList<>();
    planned.plan().feeds().forEach(feed -> columns.addAll(feed.columns()));
    return FedExpressions.of(select, columns);
  }

  /**
   * Inputs of nodes that take a fed tensor: which one a layer's name means, a topology may decide.
   */
  private SortedSet<String> takers(TensorId fed) {
    TreeSet<String> takers = new TreeSet<>();
    for (NodeDef node : planned.exact().model().graph().getNodeList()) {
      for (int i = 0; i < node.getInputCount(); i++) {
        if (node.getInput(i).equals(fed.asInput())) {
          boolean isCast = node.getName().equals(fed.node() + FED_CAST);
          if (isCast) {
            takers.addAll(takers(new TensorId(node.getName(), 0)));
          } else if (!node.getName().startsWith(OWN_NODES)) {
            takers.add(node.getName() + ":" + i);
          }
        }
      }
    }
    return takers;
  }
}
