# What publishes the services' own ports: docker build -f ports.Dockerfile .

FROM python:3.13-slim
COPY ports.py /ports.py
# Readable whatever the rights were in the clone.
RUN chmod a+r /ports.py
USER 10001:10001
ENTRYPOINT ["python", "-u", "/ports.py"]
