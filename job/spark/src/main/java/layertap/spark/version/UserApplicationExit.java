package layertap.spark.version;

import java.lang.reflect.Constructor;
import org.apache.spark.SparkUserAppException;

/** How an application that YARN runs hands on its exit code. */
public final class UserApplicationExit {
  private UserApplicationExit() {}

  /**
   * An exception that stands for an exit code; without a cause, since the log says why. Its
   * constructor takes the code alone before Spark 4.1, and a cause beside it from then on.
   */
  public static SparkUserAppException of(int exitCode) {
    Constructor<?>[] constructors = SparkUserAppException.class.getConstructors();
    for (Constructor<?> constructor : constructors) {
      Class<?>[] types = constructor.getParameterTypes();
      boolean takesCode = types.length > 0 && types[0] == int.class;
      boolean takesCause = types.length == 2 && types[1] == Throwable.class;
      if (takesCode && (types.length == 1 || takesCause)) {
        Object[] arguments = takesCause ? new Object[] {exitCode, null} : new Object[] {exitCode};
        return newInstance(constructor, arguments);
      }
    }
    throw new IllegalStateException("no known constructor of SparkUserAppException");
  }

  private static SparkUserAppException newInstance(
      Constructor<?> constructor, Object... arguments) {
    try {
      return (SparkUserAppException) constructor.newInstance(arguments);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot make a SparkUserAppException", e);
    }
  }
}
