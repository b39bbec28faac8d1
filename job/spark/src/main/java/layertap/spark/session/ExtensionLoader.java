package layertap.spark.session;

import java.io.IOException;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.apache.spark.sql.SparkSessionExtensionsProvider;

/**
 * The classes and resources of its parent, where sessions find all their extensions but one. That
 * of Spark ML registers functions that only the API of Spark ML calls, and no command; to describe
 * their types, Scala's reflection takes half a second of CPU time. Thread-safe.
 */
final class ExtensionLoader extends ClassLoader {
  private static final String SERVICE =
      "META-INF/services/" + SparkSessionExtensionsProvider.class.getName();

  static {
    registerAsParallelCapable();
  }

  ExtensionLoader(ClassLoader parent) {
    super(parent);
  }

  @Override
  public Enumeration<URL> getResources(String name) throws IOException {
    Enumeration<URL> all = super.getResources(name);
    if (!name.equals(SERVICE)) {
      return all;
    }
    List<URL> others =
        Collections.list(all).stream()
            .filter(url -> !url.getPath().contains("/spark-mllib_"))
            .toList();
    return Collections.enumeration(others);
  }
}
