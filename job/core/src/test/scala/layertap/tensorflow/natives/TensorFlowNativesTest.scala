package layertap.tensorflow.natives

import java.io.IOException
import layertap.failure.FailureKind
import org.bytedeco.javacpp.Loader
import org.scalatest.funsuite.AnyFunSuite

/** What a failed loading is blamed on. */
class TensorFlowNativesTest extends AnyFunSuite {
  private def words(error: LinkageError): String = {
    val told = TensorFlowNatives.notLoaded("/scratch", TensorFlowNatives.Reason.of(error), error)
    s"${told.kind} ${told.getMessage}"
  }

  private def unsatisfied(cause: Throwable): LinkageError = {
    val outer = new UnsatisfiedLinkError("no jnitensorflow in java.library.path")
    outer.initCause(cause)
    outer
  }

  test("the folder is blamed for what another folder mends") {
    Seq(
      new IOException("No space left on device"),
      new IOException("Disk quota exceeded"),
      new UnsatisfiedLinkError("/scratch/a.so: failed to map segment from shared object"),
      new UnsatisfiedLinkError("/scratch/a.so: Operation not permitted"),
      new UnsatisfiedLinkError("/scratch/a.so: invalid ELF header"),
      new UnsatisfiedLinkError("/scratch/a.so: file too short")
    ).foreach { cause =>
      assert(
        words(unsatisfied(cause)) ===
          s"ENVIRONMENT cannot load TensorFlow's natives from /scratch: ${cause.getMessage}; set -Djava.io.tmpdir" +
          " to a folder with 500 MB to write to that is not mounted noexec"
      )
    }
  }

  test("what is of the system is told with the platform, and never as null") {
    def told(reason: String) =
      s"ENVIRONMENT cannot load TensorFlow's natives: $reason; those on the class path are for " +
        s"${Loader.getPlatform}, with the C library that TensorFlow needs (on Linux glibc, not musl): run on such a" +
        " system"
    Seq(
      "/scratch/a.so: libstdc++.so.6: cannot open shared object file: No such file or directory",
      "/lib/libm.so.6: version `GLIBC_2.29' not found (required by /scratch/a.so)"
    ).foreach { reason =>
      assert(words(unsatisfied(new UnsatisfiedLinkError(reason))) === told(reason))
    }
    assert(
      words(new ExceptionInInitializerError()) === told("java.lang.ExceptionInInitializerError")
    )
    assert(
      words(new ExceptionInInitializerError(new IllegalStateException())) ===
        told("java.lang.IllegalStateException")
    )
  }

  test("classes that do not fit are told as such") {
    Seq(
      new NoSuchMethodError("'void com.example.Message.read()'"),
      new IncompatibleClassChangeError("class a has interface b as super class"),
      new ClassNotFoundException("com.example.Message")
    ).foreach { cause =>
      assert(
        words(new ExceptionInInitializerError(cause)) ===
          s"${FailureKind.USER} cannot load TensorFlow's natives: $cause: the class path has other versions of" +
          " JavaCPP, protobuf or TensorFlow than layertap was built with, or lacks one; leave only layertap's own there"
      )
    }
  }
}
