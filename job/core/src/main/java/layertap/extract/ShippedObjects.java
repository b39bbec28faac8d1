package layertap.extract;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.Serializable;
import java.io.UncheckedIOException;

/**
 * Objects in Java's own form, read by the class loader of this program's classes. Whatever Spark
 * ships itself goes so: Kryo, if it is Spark's serialiser, takes no records.
 */
public final class ShippedObjects {
  private ShippedObjects() {}

  /** The bytes of an object. */
  public static byte[] bytes(Serializable object) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream objects = new ObjectOutputStream(bytes)) {
      objects.writeObject(object);
    } catch (IOException e) {
      throw new IllegalStateException("what goes to another JVM can be serialised", e);
    }
    return bytes.toByteArray();
  }

  /**
   * The object of a type that another JVM of this run made the bytes of.
   *
   * @throws UncheckedIOException if the bytes are damaged
   * @throws IllegalStateException if that JVM runs another version of this program
   */
  public static <T> T read(byte[] bytes, Class<T> type) {
    try {
      return type.cast(read(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The one object in the bytes.
   *
   * @throws java.io.EOFException if there is none
   * @throws IllegalStateException if the other JVM runs another version of this program
   */
  public static Object read(byte[] bytes) throws IOException {
    try (ObjectInputStream objects =
        new ObjectInputStream(new ByteArrayInputStream(bytes)) {
          @Override
          protected Class<?> resolveClass(ObjectStreamClass description)
              throws ClassNotFoundException {
            return Class.forName(
                description.getName(), false, ShippedObjects.class.getClassLoader());
          }
        }) {
      return objects.readObject();
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException("two JVMs of one run have different versions", e);
    }
  }
}
