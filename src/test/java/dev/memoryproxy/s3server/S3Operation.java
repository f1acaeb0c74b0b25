package dev.memoryproxy.s3server;

/** The requests that the server tells apart, in faults and in counts. */
public enum S3Operation {
  PUT,
  GET,
  HEAD,
  DELETE,
  LIST,
  HEAD_BUCKET,
  CREATE_BUCKET,
  OTHER
}
