package layertap.spark.trial;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import layertap.extract.check.SelfCheck;
import layertap.hadoop.HadoopFiles;
import layertap.model.saved.ModelFiles;
import layertap.plan.CheckedValues;
import layertap.plan.PlanBuilder;
import layertap.tensorflow.TensorFlowSessions;

/** The other JVM of a {@link Trial}: reads a request, writes values or what went wrong. */
final class TrialProcess {
  private TrialProcess() {}

  public static void main(String[] arguments) throws IOException, ClassNotFoundException {
    PrintStream answer = System.out;
    System.setOut(System.err);
    Object result;
    try (ObjectInputStream objects = new ObjectInputStream(System.in)) {
      result = answer((Trial.Request) objects.readObject());
    }
    answer.write(toBytes(result));
    answer.flush();
    // What TensorFlow does at its end is of no interest any more.
    Runtime.getRuntime().halt(0);
  }

  private static byte[] toBytes(Object result) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream objects = new ObjectOutputStream(bytes)) {
      objects.writeObject(result);
      return bytes.toByteArray();
    } catch (NotSerializableException e) {
      // Clients of storage keep their connections in what they throw.
      return toBytes(inWords((Throwable) result));
    }
  }

  private static RuntimeException inWords(Throwable failure) {
    return failure instanceof UncheckedIOException storage
        ? new UncheckedIOException(
            storage.getMessage(), new IOException(storage.getCause().getMessage()))
        : new IllegalStateException(failure.toString());
  }

  private static Object answer(Trial.Request request) {
    try {
      request
          .properties()
          .forEach(
              (key, value) -> {
                if (key.toString().startsWith("spark.hadoop.")) {
                  System.setProperty(key.toString(), value.toString());
                }
              });
      ModelFiles files = HadoopFiles.model(request.config().model().path());
      PlanBuilder.Planned planned =
          new PlanBuilder(request.config(), files, HadoopFiles::read)
              .build(request.threadsPerTask());
      return switch (request.extent()) {
        case SHAPES -> CheckedValues.NONE;
        case BATCH -> tryRows(request, planned, files);
      };
    } catch (RuntimeException | Error e) {
      return e;
    }
  }

  private static CheckedValues tryRows(
      Trial.Request request, PlanBuilder.Planned planned, ModelFiles files) {
    SelfCheck check = new SelfCheck(planned.plan(), files, new TensorFlowSessions());
    return request.config().run().selfCheck()
        ? check.run(planned.original())
        : check.runUnchecked();
  }
}
