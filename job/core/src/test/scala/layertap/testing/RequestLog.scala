package layertap.testing

import java.io.{InputStream, OutputStream}
import java.net.{InetAddress, ServerSocket, Socket, URI}
import java.nio.charset.StandardCharsets.ISO_8859_1
import java.util.concurrent.ConcurrentLinkedQueue
import scala.jdk.CollectionConverters._
import scala.util.Try

/** Stands between a client and an HTTP server and writes down what is asked for. */
final class RequestLog(server: URI) extends AutoCloseable {
  import RequestLog._

  private val socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress)
  private val connections = new ConcurrentLinkedQueue[StringBuffer]

  background {
    while (!socket.isClosed) Try(socket.accept()).foreach(connect)
  }

  /** Where the client goes. */
  def endpoint: String = s"http://127.0.0.1:${socket.getLocalPort}"

  /** The reads of files whose names end so: for each how many bytes, if a range was asked for. */
  def reads(ending: String): Seq[Option[Long]] =
    connections.asScala.toSeq.flatMap { text =>
      request.findAllMatchIn(text.toString).filter(_.group(1).endsWith(ending)).map { found =>
        range.findFirstMatchIn(found.group(2)).map { bytes =>
          bytes.group(2).toLong - bytes.group(1).toLong + 1
        }
      }
    }

  private def connect(client: Socket): Unit = {
    val target = new Socket(server.getHost, server.getPort)
    val text = new StringBuffer
    connections.add(text)
    background {
      copy(client.getInputStream, target.getOutputStream)(bytes => text.append(bytes))
      Try(target.shutdownOutput())
    }
    background {
      copy(target.getInputStream, client.getOutputStream)(_ => ())
      Try(client.close())
      Try(target.close())
    }
  }

  private def copy(from: InputStream, to: OutputStream)(see: String => Unit): Unit = Try {
    val buffer = new Array[Byte](1 << 16)
    Iterator.continually(from.read(buffer)).takeWhile(_ >= 0).foreach { count =>
      see(new String(buffer, 0, count, ISO_8859_1))
      to.write(buffer, 0, count)
      to.flush()
    }
  }

  private def background(work: => Unit): Unit = {
    val thread = new Thread(() => work)
    thread.setDaemon(true)
    thread.start()
  }

  override def close(): Unit = socket.close()
}

object RequestLog {
  private val request = """(?s)GET (\S+) HTTP/1\.1\r\n(.*?)\r\n\r\n""".r
  private val range = """(?i)range: bytes=(\d+)-(\d+)""".r
}
