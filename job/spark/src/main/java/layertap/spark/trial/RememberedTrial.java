package layertap.spark.trial;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import layertap.checksum.Sha256;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.model.cut.RunnableGraph;
import layertap.model.cut.TapShape;
import layertap.model.gradient.DifferentiatedModel;
import layertap.model.gradient.GradientTarget;
import layertap.model.saved.ModelFiles;
import layertap.plan.CheckedValues;
import layertap.plan.ExtractionPlan;
import layertap.plan.ModelTrial;
import layertap.plan.precision.PrecisionComparison;

/**
 * Asks a trial only what it has not answered before on this machine. What the trial threw is not
 * remembered.
 */
final class RememberedTrial implements ModelTrial {
  private final Verdicts verdicts;
  private final ModelFiles files;
  private final String conditions;
  private final Supplier<ModelTrial> starting;
  private final String expected;
  private ModelTrial started;

  /**
   * A trial that begins at once unless all that was asked of this model the last time is known.
   *
   * @param starting begins the trial; this one closes it
   */
  RememberedTrial(
      Verdicts verdicts,
      ModelFiles files,
      String modelPath,
      String conditions,
      Supplier<ModelTrial> starting) {
    this.verdicts = verdicts;
    this.files = files;
    this.conditions = conditions;
    this.starting = starting;
    this.expected = Sha256.hex("%s\n%s".formatted(modelPath, conditions));
    if (verdicts.find(expected).isEmpty()) {
      trial();
    }
  }

  private ModelTrial trial() {
    if (started == null) {
      started = starting.get();
    }
    return started;
  }

  @Override
  public List<TapShape> tapShapes(RunnableGraph cut) {
    List<?> shapes = (List<?>) answer(new TrialMessage.TapShapes(cut));
    return shapes.stream().map(TapShape.class::cast).toList();
  }

  @Override
  public DifferentiatedModel differentiated(
      RunnableGraph model,
      List<TensorShape> rows,
      List<GradientTarget> targets,
      List<TensorId> classes) {
    return (DifferentiatedModel)
        answer(new TrialMessage.Differentiated(model, rows, targets, classes));
  }

  @Override
  public CheckedValues check(ExtractionPlan plan, RunnableGraph reference) {
    return (CheckedValues) answer(new TrialMessage.Check(plan, reference));
  }

  @Override
  public List<Integer> deviating(ExtractionPlan other, CheckedValues exact) {
    List<?> positions = (List<?>) answer(new TrialMessage.Deviating(other, exact));
    return positions.stream().map(Integer.class::cast).toList();
  }

  @Override
  public PrecisionComparison compared(
      ExtractionPlan reduced, ExtractionPlan full, CheckedValues exact, boolean isTimed) {
    return (PrecisionComparison) answer(new TrialMessage.Compared(reduced, full, exact, isTimed));
  }

  @Override
  public void run(ExtractionPlan plan) {
    answer(new TrialMessage.Run(plan));
  }

  private Object answer(TrialMessage.Question<?> question) {
    String key = key(question);
    Optional<Object> known = verdicts.find(key);
    if (known.isPresent()) {
      return known.get();
    }
    Object answer = question.ask(trial());
    verdicts.keep(key, (Serializable) answer);
    verdicts.keep(expected, "");
    // As later runs will have it: which of its objects are one and the same is part of the next
    // question's bytes.
    return verdicts.find(key).orElse(answer);
  }

  private String key(TrialMessage.Question<?> question) {
    try {
      MessageDigest digest = Sha256.digest();
      digest.update(conditions.getBytes(StandardCharsets.UTF_8));
      digest.update(files.fingerprint().getBytes(StandardCharsets.UTF_8));
      try (ObjectOutputStream objects =
          new ObjectOutputStream(new DigestOutputStream(OutputStream.nullOutputStream(), digest))) {
        objects.writeObject(question);
      }
      return Sha256.hex(digest);
    } catch (IOException e) {
      throw new IllegalStateException("a question has a digest", e);
    }
  }

  @Override
  public void close() {
    if (started != null) {
      started.close();
    }
  }
}
