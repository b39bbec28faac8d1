package layertap.spark.tfrecord;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** A file of a storage, whose failures are unchecked: they are not the damage of what it holds. */
final class StorageStream extends FilterInputStream {
  private final String name;

  /** Reads a file; closed with this stream. */
  StorageStream(String name, InputStream file) {
    super(file);
    this.name = name;
  }

  static UncheckedIOException failure(String name, IOException e) {
    return new UncheckedIOException("cannot read " + name, e);
  }

  @Override
  public int read() {
    try {
      return in.read();
    } catch (IOException e) {
      throw failure(name, e);
    }
  }

  @Override
  public int read(byte[] bytes, int start, int length) {
    try {
      return in.read(bytes, start, length);
    } catch (IOException e) {
      throw failure(name, e);
    }
  }
}
