package layertap.spark.trial;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import layertap.extract.ShippedObjects;
import layertap.failure.LayertapException;
import layertap.failure.ReportedFailure;

/** The answers of a {@link TrialProcess} on its standard output: a value, or what was thrown. */
final class Answers {
  /** Begins each answer: an op of the model may print where only answers belong. */
  private static final long MARK = 0x6c61796572746170L;

  private Answers() {}

  /** Writes one. */
  static void write(Object answer, DataOutputStream to) throws IOException {
    byte[] bytes = toBytes(answer);
    to.writeLong(MARK);
    to.writeInt(bytes.length);
    to.write(bytes);
    to.flush();
  }

  private static byte[] toBytes(Object answer) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream objects = new ObjectOutputStream(bytes)) {
      objects.writeObject(answer);
      return bytes.toByteArray();
    } catch (NotSerializableException e) {
      // Clients of storage keep their connections in what they throw.
      return toBytes(inWords((Throwable) answer));
    }
  }

  private static RuntimeException inWords(Throwable failure) {
    if (failure instanceof LayertapException known) {
      return new ReportedFailure(known.kind(), known.getMessage());
    }
    return failure instanceof UncheckedIOException storage
        ? new UncheckedIOException(
            storage.getMessage(), new IOException(storage.getCause().getMessage()))
        : new IllegalStateException(failure.toString());
  }

  /**
   * Reads the next one.
   *
   * @throws EOFException if the process ends instead
   */
  static Object read(DataInputStream from) throws IOException {
    if (from.readLong() != MARK) {
      throw new IOException("the process that tries the model printed something else");
    }
    byte[] bytes = new byte[from.readInt()];
    from.readFully(bytes);
    return ShippedObjects.read(bytes);
  }
}
